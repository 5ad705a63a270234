# A room of core/src is one static library, linked to the rooms below it.  A file that includes upwards fails to link, and
# tests/cli/rooms.sh names it.
#   trefoil_room(engine BELOW plugin model ... [LIBRARIES ...])
function(trefoil_room room)
  cmake_parse_arguments(ROOM "" "" "BELOW;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/core/src/${room}/*.c")
  if(NOT sources)
    add_library(trefoil_${room} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(trefoil_${room} STATIC ${sources})
    set(scope PUBLIC)
    set_target_properties(trefoil_${room} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  endif()
  target_include_directories(trefoil_${room} ${scope}
    "${PROJECT_SOURCE_DIR}/core/src" "${PROJECT_SOURCE_DIR}/core/include")
  list(TRANSFORM ROOM_BELOW PREPEND trefoil_)
  target_link_libraries(trefoil_${room} ${scope} trefoil_flags ${ROOM_BELOW} ${ROOM_LIBRARIES} m)
endfunction()
