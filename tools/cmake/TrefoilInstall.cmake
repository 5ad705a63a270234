# bin/trefoil, the plugins where it looks for them, what authors of plugins need, and the scenarios.  Folders are fixed: the program finds
# plugins in ../lib/trefoil/plugins.
include(CMakePackageConfigHelpers)
install(TARGETS trefoil RUNTIME DESTINATION bin)
foreach(plugin ${TREFOIL_SHIPPED_PLUGINS})
  install(TARGETS plugin_${plugin} LIBRARY DESTINATION lib/trefoil/plugins)
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/core/include/trefoil/plugin.h" "${PROJECT_SOURCE_DIR}/core/include/trefoil/LICENSE"
  DESTINATION include/trefoil)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/scenarios" DESTINATION share/trefoil)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/trefoil-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/trefoil-config-version.cmake" "${PROJECT_SOURCE_DIR}/tools/cmake/trefoil-config.cmake"
  "${PROJECT_SOURCE_DIR}/tools/cmake/TrefoilPlugin.cmake" DESTINATION lib/cmake/trefoil)
