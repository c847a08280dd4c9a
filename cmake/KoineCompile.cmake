# SPDX-License-Identifier: MIT
# How every target of the project is compiled.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 14)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# -O3 makes the library an eighth larger and nothing that bench/ measures faster.
string(REPLACE "-O3" "-O2" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

add_library(koine_compile INTERFACE)
target_compile_definitions(koine_compile INTERFACE _POSIX_C_SOURCE=200809L)
set(KOINE_C_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes)
set(KOINE_CXX_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
target_compile_options(koine_compile INTERFACE
  "$<$<COMPILE_LANGUAGE:C>:${KOINE_C_WARNINGS}>" "$<$<COMPILE_LANGUAGE:CXX>:${KOINE_CXX_WARNINGS}>")
if(KOINE_WERROR)
  target_compile_options(koine_compile INTERFACE -Werror)
endif()
if(KOINE_FUZZ)
  if(NOT KOINE_SANITIZE)
    set(KOINE_SANITIZE address,undefined) # a fuzzer that sees only crashes sees little
  endif()
  target_compile_options(koine_compile INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(KOINE_SANITIZE)
  target_compile_options(koine_compile INTERFACE -fsanitize=${KOINE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(koine_compile INTERFACE -fsanitize=${KOINE_SANITIZE})
endif()
if(KOINE_COVERAGE)
  target_compile_options(koine_compile INTERFACE --coverage -O0)
  target_link_options(koine_compile INTERFACE --coverage)
else() # no path of the machine in what is built, wherever source and build folder are; coverage needs the true ones
  target_compile_options(koine_compile INTERFACE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
endif()
