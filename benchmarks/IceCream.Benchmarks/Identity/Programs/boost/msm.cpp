#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <boost/msm/front/functor_row.hpp>
namespace msm = boost::msm;
struct Go {};
struct Machine_ : msm::front::state_machine_def<Machine_> {
    struct Idle : msm::front::state<> {};
    struct Busy : msm::front::state<> {};
    using initial_state = Idle;
    struct transition_table : boost::mpl::vector<msm::front::Row<Idle, Go, Busy>, msm::front::Row<Busy, Go, Idle>> {};
};
int main() { msm::back::state_machine<Machine_> m; m.start(); m.process_event(Go()); return *m.current_state() - 1; }
