#include <boost/units/systems/si.hpp>
#include <boost/units/systems/si/prefixes.hpp>
#include <boost/units/io.hpp>
#include <sstream>
using namespace boost::units;
int main() { quantity<si::length> l = 2.0 * si::metre; quantity<si::energy> e = 3.0 * si::newton * l; std::ostringstream s; s << e; return s.str().empty(); }
