# Before 1.0 a minor release may change what projects see.
set(PACKAGE_VERSION "@VERSION@")
if(PACKAGE_VERSION MATCHES "@")
  # From a clone, where nobody has filled in the number: it is as new as anything.
  set(PACKAGE_VERSION "${PACKAGE_FIND_VERSION}")
endif()
if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION STREQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
