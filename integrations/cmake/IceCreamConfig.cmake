# find_package(IceCream): compiles the project on a farm, by what IceCream.cmake beside it or below share/icelib says.
#
#   find_package(IceCream QUIET)     in CMakeLists.txt, before the first target: nothing happens where it is not installed
#
# IceCream_LAUNCHER   the icelaunch that is used; empty where there is none.
foreach(_icecream_module IN ITEMS "${CMAKE_CURRENT_LIST_DIR}/IceCream.cmake" "${CMAKE_CURRENT_LIST_DIR}/../../icelib/cmake/IceCream.cmake")
  if(EXISTS "${_icecream_module}")
    include("${_icecream_module}")
    break()
  endif()
endforeach()
unset(_icecream_module)
set(IceCream_LAUNCHER "")
if(ICECREAM_LAUNCHER)
  set(IceCream_LAUNCHER "${ICECREAM_LAUNCHER}")
endif()
