# One target per folder, every source listed.
#
#   nnc_add_library(NncFoo SOURCES Foo.cpp LINK NncBar)                  MLIR code, shares the precompiled MLIR headers
#   nnc_add_library(NncFoo HALIDE SOURCES Foo.cpp LINK NncBar)           includes Halide.h: exceptions on, its own headers
#   nnc_add_library(NncFoo PLAIN SOURCES Foo.cpp)                        neither: no precompiled headers
#   nnc_add_tool(nnc-foo SOURCES main.cpp LINK NncFoo)                   a program in build/bin
#   nnc_add_unit_test(FooTest SOURCES FooTest.cpp LINK NncFoo)           GoogleTest, run by CTest; HALIDE and PLAIN as above
#   nnc_embed_text(TARGET out.inc files...)                              text files, as an array in the program
#   nnc_tablegen(TARGET td_file "-gen-x" out.inc ["-gen-y" out2.inc ...]) generated headers, a target to depend on

option(NNC_WARNINGS_AS_ERRORS "treat warnings of our own code as errors" OFF)

add_library(nnc_options INTERFACE)
target_include_directories(nnc_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
target_include_directories(nnc_options SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_options(nnc_options INTERFACE -fno-rtti -Wall -Wextra -Wno-unused-parameter
                       $<$<BOOL:${NNC_WARNINGS_AS_ERRORS}>:-Werror>
                       $<$<CXX_COMPILER_ID:Clang>:-Xclang -fno-pch-timestamp>)
target_link_libraries(nnc_options INTERFACE MLIR LLVM)

function(nnc_precompiled_header target header)
  add_library(${target} OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${target} PRIVATE nnc_options ${ARGN})
  target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${header})
endfunction()

nnc_precompiled_header(nnc_mlir_headers precompiled_mlir.h)
target_compile_options(nnc_mlir_headers PRIVATE -fno-exceptions)
nnc_precompiled_header(nnc_halide_headers precompiled_halide.h Halide::Halide)
target_compile_options(nnc_halide_headers PRIVATE -fexceptions)

function(nnc_set_up target)
  cmake_parse_arguments(ARG "HALIDE;PLAIN" "" "SOURCES;LINK" ${ARGN})
  target_link_libraries(${target} PUBLIC nnc_options ${ARG_LINK})
  if(ARG_HALIDE)
    target_link_libraries(${target} PUBLIC Halide::Halide)
    target_compile_options(${target} PRIVATE -fexceptions)
    target_precompile_headers(${target} REUSE_FROM nnc_halide_headers)
  else()
    target_compile_options(${target} PRIVATE -fno-exceptions)
    if(NOT ARG_PLAIN)
      target_precompile_headers(${target} REUSE_FROM nnc_mlir_headers)
    endif()
  endif()
endfunction()

function(nnc_add_library name)
  cmake_parse_arguments(ARG "HALIDE;PLAIN" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  nnc_set_up(${name} ${ARGN})
endfunction()

function(nnc_add_tool name)
  cmake_parse_arguments(ARG "HALIDE;PLAIN" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  nnc_set_up(${name} ${ARGN})
endfunction()

function(nnc_add_unit_test name)
  cmake_parse_arguments(ARG "HALIDE;PLAIN" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  nnc_set_up(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test/unit)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST)
endfunction()
include(GoogleTest)

function(nnc_tablegen target td_file)
  set(LLVM_TARGET_DEFINITIONS ${td_file})
  set(arguments ${ARGN})
  while(arguments)
    list(POP_FRONT arguments flags output)
    separate_arguments(flags)
    mlir_tablegen(${output} ${flags} EXTRA_INCLUDES ${CMAKE_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endwhile()
  add_public_tablegen_target(${target})
  add_dependencies(nnc_generated ${target})
endfunction()
add_custom_target(nnc_generated)

# nnc_embed_text(TARGET out.inc files...): the files' text as initializers of {name, text}, rebuilt when one changes.
function(nnc_embed_text target output)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  list(JOIN files "|" joined)
  set(path ${CMAKE_CURRENT_BINARY_DIR}/${output})
  add_custom_command(
    OUTPUT ${path} DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake VERBATIM
    COMMAND ${CMAKE_COMMAND} "-DFILES=${joined}" -DOUTPUT=${path} -P ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake)
  add_custom_target(${target} DEPENDS ${path})
endfunction()
