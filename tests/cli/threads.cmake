# What runs under the thread sanitizer: the program itself, on two threads.  Criterion cannot (it crashes), and GNU OpenMP's barriers are
# invisible to the sanitizer; LLVM's OpenMP tells it of them through Archer, so this build is clang's.
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "The thread sanitizer needs clang and LLVM's OpenMP; use the preset tsan")
endif()
add_executable(race "${CMAKE_CURRENT_LIST_DIR}/race.c")
target_link_libraries(race PRIVATE trefoil_flags OpenMP::OpenMP_C)
set_target_properties(race PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
add_test(NAME threads.race COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/threads.sh" race "$<TARGET_FILE:race>")
add_test(NAME threads.adherence COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/threads.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  scenarios/adherence-greater-manchester.ini --persons 600 --draws 2)
add_test(NAME threads.pathway COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/threads.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  scenarios/stroke-pathway-kent.ini --persons 600 --draws 2)
set_tests_properties(threads.race threads.adherence threads.pathway PROPERTIES LABELS threads TIMEOUT 300)
