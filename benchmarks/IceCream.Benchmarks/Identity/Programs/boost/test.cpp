#define BOOST_TEST_MODULE identity
#include <boost/test/included/unit_test.hpp>
#include <boost/test/data/test_case.hpp>
BOOST_AUTO_TEST_CASE(adds) { BOOST_TEST(1 + 1 == 2); }
BOOST_DATA_TEST_CASE(counts, boost::unit_test::data::xrange(3), n) { BOOST_TEST(n < 3); }
