# Compiles a CMake project on an IceLib farm: puts icelaunch in front of the compilers of C, C++, Objective-C and Objective-C++.
#
#   include(path/to/IceCream.cmake)                                          in CMakeLists.txt, before the first target
#   cmake -DCMAKE_PROJECT_TOP_LEVEL_INCLUDES=path/to/IceCream.cmake …        from outside, CMake 3.24 and later
#
# ICECREAM            AUTO (default): where icelaunch is found. ON: the same, and its absence is a warning. OFF: not at all.
# ICECREAM_LAUNCHER   the icelaunch to use; found on PATH when it is not given.
#
# A launcher that the user has set, by variable or by environment (CMAKE_<LANG>_COMPILER_LAUNCHER), stays. Links are left alone.

include_guard(DIRECTORY)

set(ICECREAM AUTO CACHE STRING "Compile on an IceLib farm: AUTO, ON or OFF")
set_property(CACHE ICECREAM PROPERTY STRINGS AUTO ON OFF)

function(_icecream_use_launcher)
  if(NOT ICECREAM STREQUAL "AUTO" AND NOT ICECREAM)
    message(STATUS "IceCream: off (ICECREAM=${ICECREAM}); compiling here")
    return()
  endif()

  if(NOT CMAKE_GENERATOR MATCHES "Makefiles|Ninja")
    message(STATUS "IceCream: off; the generator '${CMAKE_GENERATOR}' knows no compiler launchers")
    return()
  endif()

  # It runs on this machine: a cross build that looks for programs in the root of its target would find none, or one that does not run here.
  find_program(ICECREAM_LAUNCHER NAMES icelaunch DOC "The compiler launcher of IceLib" NO_CMAKE_FIND_ROOT_PATH)
  mark_as_advanced(ICECREAM_LAUNCHER)
  if(ICECREAM_LAUNCHER AND NOT EXISTS "${ICECREAM_LAUNCHER}")
    # Remembered from an earlier run and uninstalled since: a build must not fail for that.
    unset(ICECREAM_LAUNCHER CACHE)
    find_program(ICECREAM_LAUNCHER NAMES icelaunch DOC "The compiler launcher of IceLib" NO_CMAKE_FIND_ROOT_PATH)
  endif()
  if(NOT ICECREAM_LAUNCHER)
    set(severity STATUS)
    if(NOT ICECREAM STREQUAL "AUTO")
      set(severity WARNING)
    endif()
    message(${severity} "IceCream: icelaunch was not found; compiling here")
    return()
  endif()

  set(used)
  foreach(language IN ITEMS C CXX OBJC OBJCXX)
    set(variable CMAKE_${language}_COMPILER_LAUNCHER)
    if(DEFINED ${variable})
      message(STATUS "IceCream: ${language} keeps its launcher '${${variable}}'")
    elseif(DEFINED ENV{${variable}})
      message(STATUS "IceCream: ${language} keeps its launcher '$ENV{${variable}}'")
    else()
      set(${variable} "${ICECREAM_LAUNCHER}" PARENT_SCOPE)
      list(APPEND used ${language})
    endif()
  endforeach()

  if(used)
    list(JOIN used ", " used)
    message(STATUS "IceCream: ${used} through ${ICECREAM_LAUNCHER}")
  endif()
endfunction()

_icecream_use_launcher()
