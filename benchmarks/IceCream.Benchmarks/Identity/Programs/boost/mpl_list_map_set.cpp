#include <boost/mpl/list.hpp>
#include <boost/mpl/map.hpp>
#include <boost/mpl/set.hpp>
#include <boost/mpl/insert.hpp>
#include <boost/mpl/at.hpp>
#include <boost/mpl/has_key.hpp>
#include <boost/mpl/transform.hpp>
#include <boost/mpl/for_each.hpp>
#include <boost/mpl/size.hpp>
#include <type_traits>
namespace mpl = boost::mpl;
using Pointers = mpl::transform<mpl::list<int, long>, std::add_pointer<mpl::_1>>::type;
using Map = mpl::map<mpl::pair<int, long>, mpl::pair<char, short>>;
using Set = mpl::insert<mpl::set<int, char>, long>::type;
static_assert(mpl::has_key<Set, long>::value, "");
static_assert(std::is_same<mpl::at<Map, char>::type, short>::value, "");
struct Count { int &n; template <class T> void operator()(T) { ++n; } };
int main() { int n = 0; mpl::for_each<Pointers>(Count{n}); return n - mpl::size<Pointers>::value; }
