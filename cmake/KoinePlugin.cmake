# SPDX-License-Identifier: MIT
# koine_add_plugin(NAME [NOT_INSTALLED] SOURCES ... [PACKAGES pkg-config names of client libraries...] [LIBRARIES ...]):
# one plugin, built twice from the same sources:
#   koine_plugin_NAME         MODULE plugins/koine_NAME.so, exporting only koine_plugin
#   koine_plugin_NAME_static  the same objects with the entry renamed to koine_plugin_NAME, for linking into a program or libkoine
set(KOINE_PLUGIN_BUILD_DIR ${CMAKE_BINARY_DIR}/plugins)
set(KOINE_PLUGIN_INSTALL_DIR ${CMAKE_INSTALL_LIBDIR}/koine-${PROJECT_VERSION_MAJOR})
set(KOINE_PLUGIN_FULL_DIR ${CMAKE_INSTALL_FULL_LIBDIR}/koine-${PROJECT_VERSION_MAJOR})
find_package(PkgConfig REQUIRED)

# The imported target of each pkg-config package, found once.
function(koine_find_packages out)
  set(targets)
  foreach(package ${ARGN})
    string(MAKE_C_IDENTIFIER KOINE_${package} prefix)
    if(NOT TARGET PkgConfig::${prefix})
      pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET GLOBAL ${package})
    endif()
    list(APPEND targets PkgConfig::${prefix})
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

function(koine_add_plugin name)
  cmake_parse_arguments(arg "NOT_INSTALLED" "" "SOURCES;PACKAGES;LIBRARIES" ${ARGN})
  koine_find_packages(packages ${arg_PACKAGES})
  add_library(koine_plugin_${name} MODULE ${arg_SOURCES})
  set_target_properties(koine_plugin_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME koine_${name} LIBRARY_OUTPUT_DIRECTORY ${KOINE_PLUGIN_BUILD_DIR})
  add_library(koine_plugin_${name}_static STATIC ${arg_SOURCES})
  target_compile_definitions(koine_plugin_${name}_static PRIVATE KN_PLUGIN_STATIC)
  foreach(target koine_plugin_${name} koine_plugin_${name}_static)
    target_compile_definitions(${target} PRIVATE KN_PLUGIN_NAME=${name})
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/core/include)
    target_link_libraries(${target} PRIVATE koine_compile ${packages} ${arg_LIBRARIES})
  endforeach()
  if(NOT arg_NOT_INSTALLED)
    install(TARGETS koine_plugin_${name} LIBRARY DESTINATION ${KOINE_PLUGIN_INSTALL_DIR})
  endif()
  set_property(GLOBAL APPEND PROPERTY KOINE_PLUGINS ${name})
  set_property(GLOBAL PROPERTY KOINE_PLUGIN_PACKAGES_${name} ${arg_PACKAGES})
endfunction()
