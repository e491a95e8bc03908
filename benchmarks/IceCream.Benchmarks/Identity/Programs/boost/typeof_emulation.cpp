#define BOOST_TYPEOF_EMULATION
#include <boost/typeof/typeof.hpp>
#include <boost/typeof/std/vector.hpp>
#include BOOST_TYPEOF_INCREMENT_REGISTRATION_GROUP()
struct Own {};
BOOST_TYPEOF_REGISTER_TYPE(Own)
int main() { std::vector<Own> v; BOOST_TYPEOF(v) w = v; return w.size(); }
