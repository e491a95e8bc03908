// Slots of any number of arguments by iteration.
#define BOOST_NO_CXX11_VARIADIC_TEMPLATES
#define BOOST_SIGNALS2_MAX_ARGS 5
#include <boost/signals2/signal.hpp>
#include <boost/signals2/trackable.hpp>
int main() { boost::signals2::signal<void(int)> s; s(1); return 0; }
