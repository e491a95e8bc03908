#include <boost/mpl/string.hpp>
#include <boost/mpl/vector_c.hpp>
#include <boost/mpl/sort.hpp>
#include <boost/mpl/equal.hpp>
#include <boost/mpl/range_c.hpp>
#include <boost/mpl/copy_if.hpp>
#include <boost/mpl/modulus.hpp>
#include <boost/mpl/back_inserter.hpp>
namespace mpl = boost::mpl;
using Sorted = mpl::sort<mpl::vector_c<int, 3, 1, 2>>::type;
static_assert(mpl::equal<Sorted, mpl::vector_c<int, 1, 2, 3>, mpl::equal_to<mpl::_1, mpl::_2>>::value, "");
int main() { return mpl::c_str<mpl::string<'hell', 'o'>>::value[0] - 'h'; }
