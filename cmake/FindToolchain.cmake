# Finds the libraries that scripts/install-dependencies.sh installs.

file(GLOB NNC_SITE_PACKAGES ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages)
if(NOT NNC_SITE_PACKAGES)
  message(FATAL_ERROR "no virtual environment in .venv: run scripts/install-dependencies.sh first")
endif()

find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

set(Halide_DIR ${NNC_SITE_PACKAGES}/halide/lib64/cmake/Halide)
set(HalideHelpers_DIR ${NNC_SITE_PACKAGES}/halide/lib64/cmake/HalideHelpers)
find_package(Halide 21 REQUIRED CONFIG)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
get_target_property(EIGEN3_INCLUDE_DIRS Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(nlopt REQUIRED IMPORTED_TARGET nlopt)
pkg_check_modules(qhull REQUIRED IMPORTED_TARGET qhull_r)
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
# Eigen whose products of large matrices are OpenBLAS's: one definition for all that include it.
add_library(nnc_eigen INTERFACE)
target_include_directories(nnc_eigen SYSTEM INTERFACE ${EIGEN3_INCLUDE_DIRS})
target_compile_definitions(nnc_eigen INTERFACE EIGEN_USE_BLAS)
target_link_libraries(nnc_eigen INTERFACE PkgConfig::openblas)

# One cached object serves every worktree; precompiled headers need the sloppiness.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
