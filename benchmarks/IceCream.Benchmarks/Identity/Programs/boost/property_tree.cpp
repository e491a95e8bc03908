#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <boost/property_tree/info_parser.hpp>
#include <sstream>
int main() { boost::property_tree::ptree t; std::istringstream s("{\"a\": 1}"); boost::property_tree::read_json(s, t); return t.get<int>("a") - 1; }
