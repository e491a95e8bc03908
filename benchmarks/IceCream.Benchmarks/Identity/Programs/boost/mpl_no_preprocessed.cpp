// Headers that include themselves for every arity, in place of the ones that were preprocessed ahead.
#define BOOST_MPL_CFG_NO_PREPROCESSED_HEADERS
#include <boost/mpl/vector.hpp>
#include <boost/mpl/list.hpp>
#include <boost/mpl/fold.hpp>
#include <boost/mpl/lambda.hpp>
#include <boost/mpl/plus.hpp>
#include <boost/mpl/bind.hpp>
#include <boost/mpl/and.hpp>
#include <boost/mpl/sizeof.hpp>
namespace mpl = boost::mpl;
using Sum = mpl::fold<mpl::vector<char, short, int>, mpl::int_<0>, mpl::plus<mpl::_1, mpl::sizeof_<mpl::_2>>>::type;
static_assert(Sum::value == 7, "");
int main() { return mpl::and_<mpl::true_, mpl::false_>::value; }
