# Compiles on an IceLib farm: puts icelaunch in front of CC, CXX, OBJC and OBJCXX. Include it after the lines that set them:
#
#   include path/to/icecream.mk
#
# ICECREAM=off      compiles here.
# ICELAUNCH=PATH    the icelaunch to use; found on PATH when it is not given.
#
# A compiler that has a launcher already (ccache, distcc, icecc, icelaunch and the like) keeps it. Links pass through icelaunch too where a
# makefile links by $(CC): it runs them here.

ICECREAM ?= auto
ICELAUNCH ?= $(shell command -v icelaunch 2>/dev/null)

icecream_comma := ,
icecream_wrappers := icelaunch icecc distcc pump ccache sccache buildcache
icecream_wrapped = $(filter $(icecream_wrappers),$(notdir $(firstword $(1))))

# The top make speaks; those that it starts do not repeat it.
icecream_say = $(if $(filter 0,$(MAKELEVEL)),$(info icecream: $(1)))

ifneq ($(filter off OFF no 0,$(ICECREAM)),)
  $(call icecream_say,off (ICECREAM=$(ICECREAM)); compiling here)
else ifeq ($(strip $(ICELAUNCH)),)
  $(call icecream_say,icelaunch was not found; compiling here)
else
  # `override`, because `make CC=clang` would otherwise win over the launcher and not over the compiler alone.
  ifeq ($(call icecream_wrapped,$(CC)),)
    override CC := $(ICELAUNCH) $(CC)
  endif
  ifeq ($(call icecream_wrapped,$(CXX)),)
    override CXX := $(ICELAUNCH) $(CXX)
  endif
  ifneq ($(OBJC),)
    ifeq ($(call icecream_wrapped,$(OBJC)),)
      override OBJC := $(ICELAUNCH) $(OBJC)
    endif
  endif
  ifneq ($(OBJCXX),)
    ifeq ($(call icecream_wrapped,$(OBJCXX)),)
      override OBJCXX := $(ICELAUNCH) $(OBJCXX)
    endif
  endif
  $(call icecream_say,CC = $(CC)$(icecream_comma) CXX = $(CXX))
endif
