# A toolchain file for a cross build on the farm: cmake -DCMAKE_TOOLCHAIN_FILE=toolchain-aarch64.cmake …
# Workers need no compiler of any kind, so a cross compiler is installed on the machine that builds and nowhere else.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

# The compilers themselves, by their own names: the launcher goes in front of them, below, and not into these.
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

include("${CMAKE_CURRENT_LIST_DIR}/IceCream.cmake")
