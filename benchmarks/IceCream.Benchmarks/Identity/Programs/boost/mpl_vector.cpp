#include <boost/mpl/vector.hpp>
#include <boost/mpl/fold.hpp>
#include <boost/mpl/lambda.hpp>
#include <boost/mpl/plus.hpp>
#include <boost/mpl/sizeof.hpp>
#include <boost/mpl/int.hpp>
#include <boost/mpl/at.hpp>
#include <boost/mpl/push_back.hpp>
namespace mpl = boost::mpl;
using Types = mpl::push_back<mpl::vector<char, short, int>, double>::type;
using Sum = mpl::fold<Types, mpl::int_<0>, mpl::plus<mpl::_1, mpl::sizeof_<mpl::_2>>>::type;
static_assert(Sum::value == 15, "");
int main() { return mpl::at_c<Types, 2>::type(); }
