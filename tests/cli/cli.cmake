# The command line as a user meets it: shell scripts around the program, each of which says what it expects.
trefoil_add_plugin(coach SOURCES "${CMAKE_CURRENT_LIST_DIR}/coach.c" FOLDER "${CMAKE_BINARY_DIR}/tests/plugins")
foreach(script broken options tables)
  add_test(NAME cli.${script} COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/${script}.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
    "${CMAKE_BINARY_DIR}/tests/plugins")
  set_tests_properties(cli.${script} PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
endforeach()
add_test(NAME cli.rooms COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/rooms.sh" "${PROJECT_SOURCE_DIR}")
set_tests_properties(cli.rooms PROPERTIES LABELS cli TIMEOUT 60)

# Instrumented programs are slow: fewer persons, or models, show as much.
set(persons 1500)
set(models 12)
if(TREFOIL_SANITIZE)
  set(persons 300)
  set(models 3)
endif()
add_test(NAME cli.cuts COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/cuts.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/tests/plugins" ${models})
set_tests_properties(cli.cuts PROPERTIES LABELS cli TIMEOUT 120 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.invariance COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/invariance.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/plugins" ${persons})
add_test(NAME cli.staircase COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/staircase.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/plugins" ${persons})
add_test(NAME cli.faults COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/faults.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/tests/subjects")
set_tests_properties(cli.invariance cli.staircase cli.faults PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.analyse COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/analyse.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.analyse PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.r COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/r.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.r PROPERTIES LABELS cli TIMEOUT 120 SKIP_RETURN_CODE 77)
add_test(NAME cli.sensitivity COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/sensitivity.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/tests/plugins")
set_tests_properties(cli.sensitivity PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.edges COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/edges.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.edges PROPERTIES LABELS cli TIMEOUT 120 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.equity COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/equity.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.equity PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.precision COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/precision.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}")
set_tests_properties(cli.precision PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.nested COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/nested.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}")
set_tests_properties(cli.nested PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
# Dividing a run; with mpirun where trefoil was built with MPI.  An instrumented MPI tells of leaks that are its own.
set(mpirun "")
if(MPI_C_FOUND AND NOT TREFOIL_SANITIZE)
  set(mpirun "${MPIEXEC_EXECUTABLE}")
endif()
add_test(NAME cli.portions COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/portions.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/plugins" "${mpirun}")
set_tests_properties(cli.portions PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.isolate COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/isolate.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/tests/subjects" "${mpirun}")
set_tests_properties(cli.isolate PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.kill COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/kill.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/plugins" 3 ${persons})
set_tests_properties(cli.kill PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.deals COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/deals.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.deals PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.open COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/open.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/plugins")
set_tests_properties(cli.open PROPERTIES LABELS cli TIMEOUT 120 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
add_test(NAME cli.plugins COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/plugins.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
  "${CMAKE_BINARY_DIR}/tests/subjects" "${CMAKE_BINARY_DIR}/plugins" "${TREFOIL_SANITIZE}")
set_tests_properties(cli.plugins PROPERTIES LABELS cli TIMEOUT 300)
add_test(NAME cli.world COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/world.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}" "${TREFOIL_SANITIZE}")
set_tests_properties(cli.world PROPERTIES LABELS cli TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")

# The paths of base/fast.h: where gcc compiles them, and nm lists them.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_NM AND NOT TREFOIL_SANITIZE)
  add_executable(path "${CMAKE_CURRENT_LIST_DIR}/path.c")
  target_link_libraries(path PRIVATE trefoil_flags)
  set_target_properties(path PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME cli.paths COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/paths.sh" "$<TARGET_FILE:trefoil>" "${PROJECT_SOURCE_DIR}"
    "${CMAKE_BINARY_DIR}/plugins" "$<TARGET_FILE:path>")
  set_tests_properties(cli.paths PROPERTIES LABELS cli TIMEOUT 300 SKIP_RETURN_CODE 77 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
endif()
