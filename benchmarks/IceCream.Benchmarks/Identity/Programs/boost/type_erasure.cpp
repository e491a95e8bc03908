#include <boost/type_erasure/any.hpp>
#include <boost/type_erasure/any_cast.hpp>
#include <boost/type_erasure/builtin.hpp>
#include <boost/type_erasure/operators.hpp>
#include <boost/type_erasure/member.hpp>
#include <boost/mpl/vector.hpp>
#include <sstream>
namespace te = boost::type_erasure;
BOOST_TYPE_ERASURE_MEMBER((has_size), size, 0)
using Any = te::any<boost::mpl::vector<te::copy_constructible<>, te::typeid_<>, te::ostreamable<>>>;
int main() { Any a(1); std::ostringstream s; s << a; return s.str().size() - 1; }
