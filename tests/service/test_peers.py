"""What the workers of one server tell one another."""

from threading import Event, Thread

from service.peers import Peers


def test_one_worker_at_a_time_has_its_turn(tmp_path):
    first, second = Peers(tmp_path, count=2), Peers(tmp_path, count=2)
    order, waiting = [], Event()

    def wait_for_turn():
        waiting.set()
        with second.turn(give_up=Event()) as is_mine:
            order.append(("second", is_mine))

    with first.turn(give_up=Event()) as is_mine:
        thread = Thread(target=wait_for_turn)
        thread.start()
        waiting.wait()
        order.append(("first", is_mine))
    thread.join()
    assert order == [("first", True), ("second", True)]


def test_whoever_is_told_to_stop_waits_no_longer(tmp_path):
    first, second = Peers(tmp_path, count=2), Peers(tmp_path, count=2)
    stopping = Event()
    stopping.set()
    with first.turn(give_up=Event()), second.turn(give_up=stopping) as is_mine:
        assert not is_mine
