# Published results through the command line alone.
add_test(NAME validation.cases COMMAND trefoil validate "${CMAKE_CURRENT_LIST_DIR}")
set_tests_properties(validation.cases PROPERTIES LABELS validation TIMEOUT 600 FAIL_REGULAR_EXPRESSION "${TREFOIL_TEST_FAILS}")

add_test(NAME validation.england
  COMMAND "${CMAKE_CURRENT_SOURCE_DIR}/validation/england.sh" $<TARGET_FILE:trefoil> "${PROJECT_SOURCE_DIR}"
          "${CMAKE_BINARY_DIR}/tests/validation/england")
set_tests_properties(validation.england PROPERTIES LABELS "validation;slow" TIMEOUT 600 RUN_SERIAL ON)
if(TREFOIL_SANITIZE) # 60 million people are for the optimised build; the same code runs sanitized in cli and unit
  set_tests_properties(validation.england PROPERTIES DISABLED ON)
endif()
