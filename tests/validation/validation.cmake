# Published results through the command line alone.
add_test(NAME validation.cases COMMAND trefoil validate "${CMAKE_CURRENT_LIST_DIR}")
set_tests_properties(validation.cases PROPERTIES LABELS validation TIMEOUT 600 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")
