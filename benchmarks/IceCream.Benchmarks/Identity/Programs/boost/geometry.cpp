#include <boost/geometry.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
namespace bg = boost::geometry;
int main() {
    bg::model::polygon<bg::model::d2::point_xy<double>> p; bg::read_wkt("POLYGON((0 0,0 1,1 1,1 0,0 0))", p);
    return bg::area(p) == 1 ? 0 : 1;
}
