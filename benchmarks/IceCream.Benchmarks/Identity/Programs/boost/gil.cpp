#include <boost/gil.hpp>
#include <boost/gil/extension/dynamic_image/any_image.hpp>
int main() { boost::gil::rgb8_image_t image(2, 2); boost::gil::fill_pixels(boost::gil::view(image), boost::gil::rgb8_pixel_t(1, 2, 3)); return image.width() - 2; }
