# SPDX-License-Identifier: MIT
# Headers, libraries, koine.pc and koine-plugin.pc, and find_package(Koine) with Koine::koine, Koine::static, Koine::plugin.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Koine)

install(DIRECTORY core/include/koine testing/include/koine DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS koine koine_static koine_plugin EXPORT koine)
install(EXPORT koine NAMESPACE Koine:: DESTINATION ${package_dir} FILE KoineTargets.cmake)

configure_package_config_file(cmake/KoineConfig.cmake.in ${CMAKE_BINARY_DIR}/KoineConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS KOINE_PLUGIN_INSTALL_DIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/KoineConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/KoineConfig.cmake ${CMAKE_BINARY_DIR}/KoineConfigVersion.cmake DESTINATION ${package_dir})

# A .pc file finds its prefix from where it stands, so that `cmake --install --prefix` and a moved package are right;
# a folder given as an absolute path stays where it is.
set(KOINE_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(KOINE_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(folder INCLUDEDIR LIBDIR)
  set(KOINE_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(KOINE_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
list(JOIN KOINE_BUILTIN_PACKAGES " " KOINE_PC_REQUIRES)
foreach(package koine koine-plugin)
  configure_file(cmake/${package}.pc.in ${CMAKE_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
