# Flags live on one interface target that every other target uses.
add_library(trefoil_flags INTERFACE)
target_compile_features(trefoil_flags INTERFACE c_std_11)
target_compile_options(trefoil_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual
  -Wwrite-strings -Wformat=2 -Wundef
  # clang takes every NAN and INFINITY, which are floats in C, for a number that loses digits.
  $<$<C_COMPILER_ID:GNU>:-Wdouble-promotion>
  # Bits that do not depend on the compiler's taste: no fused multiply-add, never -ffast-math.
  -ffp-contract=off -fno-math-errno -fno-trapping-math
  -fvisibility=hidden -fno-common
  $<$<BOOL:${TREFOIL_WERROR}>:-Werror>)
target_compile_definitions(trefoil_flags INTERFACE _POSIX_C_SOURCE=200809L)
if(TREFOIL_SANITIZE)
  target_compile_options(trefoil_flags INTERFACE -fsanitize=${TREFOIL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(trefoil_flags INTERFACE -fsanitize=${TREFOIL_SANITIZE})
endif()
if(TREFOIL_FUZZ)
  target_compile_options(trefoil_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(TREFOIL_COVERAGE)
  target_compile_options(trefoil_flags INTERFACE --coverage)
  target_link_options(trefoil_flags INTERFACE --coverage)
endif()
