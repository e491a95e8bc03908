#include <boost/hana.hpp>
namespace hana = boost::hana;
using namespace hana::literals;
struct Person { BOOST_HANA_DEFINE_STRUCT(Person, (int, age), (double, size)); };
static_assert(hana::length(hana::accessors<Person>()) == hana::size_c<2>, "");
int main() { auto t = hana::make_tuple(1, 2.0, 'a'); return hana::fold_left(hana::transform(t, [](auto x) { return static_cast<int>(x); }), [](int a, int b) { return a + b; }) - 100; }
