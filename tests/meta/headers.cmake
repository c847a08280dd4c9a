# SPDX-License-Identifier: MIT
# Each public header alone (and twice, for its include guard), in every language a program may be written in:
# ctest header/NAME/LANGUAGE-COMPILER.
set(language_c11 -x c -std=c11 ${KOINE_C_WARNINGS})
set(language_c17 -x c -std=c17 ${KOINE_C_WARNINGS})
set(language_cxx14 -x c++ -std=c++14 ${KOINE_CXX_WARNINGS})
set(compilers_c11 gcc clang)
set(compilers_c17 gcc clang)
set(compilers_cxx14 g++ clang++)

file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/core/include ${CMAKE_SOURCE_DIR}/core/include/*.h)
foreach(header ${headers})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${header}.inc)
  file(WRITE ${source} "#include <${header}>\n#include <${header}>\nextern int header_;\n")
  string(REGEX REPLACE "^koine/(.*)\\.h$" "\\1" name ${header})
  foreach(language c11 c17 cxx14)
    foreach(compiler ${compilers_${language}})
      find_program(KOINE_COMPILER_${compiler} ${compiler})
      if(KOINE_COMPILER_${compiler})
        add_test(NAME header/${name}/${language}-${compiler}
          COMMAND ${KOINE_COMPILER_${compiler}} ${language_${language}} -Werror -fsyntax-only -I${CMAKE_SOURCE_DIR}/core/include ${source})
      endif()
    endforeach()
  endforeach()
endforeach()

# The header of tests is C only, on POSIX.
set(source ${CMAKE_CURRENT_BINARY_DIR}/koine/testing.h.inc)
file(WRITE ${source} "#include <koine/testing.h>\n#include <koine/testing.h>\nextern int header_;\n")
foreach(language c11 c17)
  foreach(compiler ${compilers_${language}})
    if(KOINE_COMPILER_${compiler})
      add_test(NAME header/testing/${language}-${compiler}
        COMMAND ${KOINE_COMPILER_${compiler}} ${language_${language}} -D_POSIX_C_SOURCE=200809L -Werror -fsyntax-only
          -I${CMAKE_SOURCE_DIR}/core/include -I${CMAKE_SOURCE_DIR}/testing/include ${source})
    endif()
  endforeach()
endforeach()
