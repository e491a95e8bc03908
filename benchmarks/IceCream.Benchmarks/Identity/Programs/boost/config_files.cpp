// Headers that are named by macros: compiler, library and platform.
#include <boost/config.hpp>
#include <boost/config/detail/select_platform_config.hpp>
#include BOOST_PLATFORM_CONFIG
#include <boost/config/detail/select_stdlib_config.hpp>
#include BOOST_STDLIB_CONFIG
struct Own { char c; int n; };
#include <boost/version.hpp>
int main() { return sizeof(Own) - 8; }
