# find_package(trefoil) for authors of plugins: trefoil::plugin (the header trefoil/plugin.h) and trefoil_add_plugin().
get_filename_component(trefoil_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET trefoil::plugin)
  add_library(trefoil::plugin INTERFACE IMPORTED)
  set_target_properties(trefoil::plugin PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${trefoil_prefix}/include")
endif()
set(TREFOIL_PROGRAM "${trefoil_prefix}/bin/trefoil")
set(TREFOIL_PLUGIN_FOLDER "${trefoil_prefix}/lib/trefoil/plugins")
include("${CMAKE_CURRENT_LIST_DIR}/TrefoilPlugin.cmake")
