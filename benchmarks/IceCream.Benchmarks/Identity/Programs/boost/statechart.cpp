#include <boost/statechart/state_machine.hpp>
#include <boost/statechart/simple_state.hpp>
#include <boost/statechart/transition.hpp>
#include <boost/statechart/event.hpp>
namespace sc = boost::statechart;
struct Go : sc::event<Go> {};
struct Idle; struct Busy;
struct Machine : sc::state_machine<Machine, Idle> {};
struct Idle : sc::simple_state<Idle, Machine> { using reactions = sc::transition<Go, Busy>; };
struct Busy : sc::simple_state<Busy, Machine> {};
int main() { Machine m; m.initiate(); m.process_event(Go()); return m.terminated(); }
