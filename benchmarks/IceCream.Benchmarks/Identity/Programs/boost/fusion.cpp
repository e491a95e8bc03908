#include <boost/fusion/include/vector.hpp>
#include <boost/fusion/include/map.hpp>
#include <boost/fusion/include/for_each.hpp>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/fusion/include/at_c.hpp>
#include <boost/fusion/include/accumulate.hpp>
#include <boost/fusion/include/transform.hpp>
namespace app { struct Point { int x; int y; double z; }; }
BOOST_FUSION_ADAPT_STRUCT(app::Point, x, y, z)
struct Add { template <class T> double operator()(double sum, T const &t) const { return sum + t; } };
int main() { app::Point p{1, 2, 3.0}; return boost::fusion::accumulate(p, 0.0, Add()) == 6 ? 0 : 1; }
