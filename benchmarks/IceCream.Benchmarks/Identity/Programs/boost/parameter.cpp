#include <boost/parameter.hpp>
namespace app {
BOOST_PARAMETER_NAME(width)
BOOST_PARAMETER_NAME(height)
BOOST_PARAMETER_FUNCTION((int), area, tag, (required (width, (int))) (optional (height, (int), 3))) { return width * height; }
}
int main() { return app::area(app::_width = 2) - 6; }
