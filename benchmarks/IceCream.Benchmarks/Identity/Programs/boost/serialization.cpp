#include <boost/archive/text_oarchive.hpp>
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/xml_oarchive.hpp>
#include <boost/serialization/vector.hpp>
#include <boost/serialization/map.hpp>
#include <boost/serialization/export.hpp>
#include <sstream>
struct Own { int n = 1; template <class A> void serialize(A &a, unsigned) { a & BOOST_SERIALIZATION_NVP(n); } };
BOOST_CLASS_EXPORT(Own)
int main() { std::ostringstream s; boost::archive::text_oarchive a(s); const std::vector<Own> v(2); a << v; return 0; }
