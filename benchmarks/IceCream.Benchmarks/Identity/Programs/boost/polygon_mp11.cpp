#include <boost/polygon/polygon.hpp>
#include <boost/polygon/voronoi.hpp>
#include <boost/mp11.hpp>
#include <tuple>
static_assert(boost::mp11::mp_size<boost::mp11::mp_iota_c<7>>::value == 7, "");
int main() { return boost::polygon::area(boost::polygon::rectangle_data<int>(0, 0, 1, 1)) - 1; }
