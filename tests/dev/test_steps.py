import sys

import pytest

SAY_AND_FAIL = "print('the shelf is crooked'); raise SystemExit(3)"


def failing(dev, name="lint"):
    return dev.step(name, "nothing", dev.run, sys.executable, "-c", SAY_AND_FAIL)


def test_a_failing_step_prints_its_command_and_output_and_no_traceback(dev, capsys):
    assert not dev.work([failing(dev)])
    said = capsys.readouterr().out
    assert f"$ {sys.executable} -c" in said
    assert "the shelf is crooked" in said
    assert "(exit code 3)" in said
    assert "Traceback" not in said


def test_the_other_steps_still_run_except_those_that_need_the_failed_one(dev, capsys):
    ran = []
    steps = [
        failing(dev, "build"),
        dev.step("browser", "build", ran.append, "browser"),
        dev.step("unit", "packages", ran.append, "unit"),
    ]
    assert not dev.work(steps)
    assert ran == ["unit"]
    assert [step.state for step in steps] == ["failed", "not run", "passed"]
    assert "needs build" in capsys.readouterr().out


def test_a_failed_or_missing_step_makes_the_whole_run_fail(dev, monkeypatch, capsys):
    monkeypatch.setattr(dev, "test_steps", lambda: [failing(dev)])
    assert dev.main(["test"]) == 1
    assert "Not passed: lint." in capsys.readouterr().out


def test_the_summary_says_what_took_longest(dev, capsys):
    steps = [
        dev.Step("lint", lambda: "", state="passed", seconds=1.2),
        dev.Step("browser", lambda: "", state="passed", seconds=61.5, note="40 passed in 60s"),
    ]
    dev.summary(steps)
    said = capsys.readouterr().out
    assert "longest: browser, 62 s. All passed." in said
    assert "40 passed in 60s" in said


def test_a_program_that_is_not_there_is_named(dev):
    with pytest.raises(dev.Trouble, match="No such file or directory: /no/such/tool"):
        dev.run("/no/such/tool")


def test_output_is_shown_without_colours_and_links(dev):
    said = dev.run(sys.executable, "-c", r"print('\x1b[31mred\x1b[0m \x1b]8;;http://x\x1b\\text')")
    assert said == "red text\n"


def test_what_a_step_said_is_kept(dev, project):
    dev.work([failing(dev)])
    assert "the shelf is crooked" in (project / ".dev" / "logs" / "lint.log").read_text()


def test_the_fast_run_says_what_it_left_out(dev, monkeypatch, capsys):
    assert set(dev.FAST) < {step.name for step in dev.test_steps()}
    steps = [dev.Step("lint", lambda: ""), failing(dev, "browser")]
    monkeypatch.setattr(dev, "test_steps", lambda: steps)
    assert dev.main(["test", "--fast"]) == 0
    assert "--fast left out: browser." in capsys.readouterr().out


def test_every_step_needs_only_steps_before_it(dev, monkeypatch):
    monkeypatch.setattr(dev, "find_python", lambda needed: sys.executable)
    (dev.ROOT / "requirements-next.txt").write_text("django==6.1.0\n")
    for steps in (dev.test_steps(), dev.next_django_steps("6.1")):
        names = [step.name for step in steps]
        for number, step in enumerate(steps):
            assert set(step.needs) <= set(names[:number]), step.name


def test_without_docker_the_stack_tests_say_so_and_fail(dev, monkeypatch, capsys):
    monkeypatch.setattr(dev, "succeeds", lambda *command: False)
    with pytest.raises(dev.Trouble, match="A Docker Engine does not answer here"):
        dev.find_docker()
    docker = dev.step("Docker", "", dev.find_docker)
    needy = [step for step in dev.stack_test_steps([]) if "images" in step.needs]
    images = dev.step("images", "Docker", lambda: "built")
    assert not dev.work([docker, images, *needy])
    assert [step.state for step in (docker, images, *needy)] == ["failed", "not run", "not run"]
    assert "./dev test" in capsys.readouterr().out


@pytest.fixture
def a_docker(dev, monkeypatch):
    """A Docker that answers with these versions."""

    def answer(engine="28.2.2", compose="2.39.1"):
        monkeypatch.setattr(dev, "succeeds", lambda *command: True)
        said = {"version": engine, "compose": compose}
        monkeypatch.setattr(dev, "run", lambda *command: f"{said[command[1]]}\n")
        monkeypatch.setattr(dev, "answers", lambda port: False)

    return answer


@pytest.mark.parametrize("old", [{"engine": "24.0.7"}, {"compose": "v2.23.3-desktop.2"}])
def test_a_docker_that_is_too_old_is_named_with_what_is_needed(dev, a_docker, old):
    a_docker(**old)
    with pytest.raises(dev.Trouble, match=r"is v?2.*; the stack needs 2\d?\.\d+\.\d or newer"):
        dev.find_docker()
    a_docker()
    assert dev.find_docker() == "28.2.2 with compose 2.39.1"


@pytest.mark.parametrize(
    ("port", "remedy"),
    [(8080, "HTTP_PORT=8180"), (8082, "HTTP_PORT=8180"), (9004, "S3_PORT=9100"), (8443, "8443 is")],
)
def test_a_port_that_is_taken_is_named_before_anything_is_built(
    dev, a_docker, monkeypatch, port, remedy
):
    a_docker()
    monkeypatch.setattr(dev, "answers", lambda asked: asked == port)
    with pytest.raises(dev.Trouble, match=remedy) as trouble:
        dev.find_docker()
    assert str(port) in str(trouble.value)


def test_a_port_that_is_no_number_is_named(dev, a_docker, monkeypatch):
    a_docker()
    monkeypatch.setenv("HTTP_PORT", "abc")
    with pytest.raises(dev.Trouble, match="HTTP_PORT: abc is no port"):
        dev.find_docker()
