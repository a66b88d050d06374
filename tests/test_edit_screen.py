"""The form of the parameters by key: what it takes up, what it refuses, and what can be undone after it."""

import asyncio

import pytest
from lab_pilot import back_in_the_lab, edit, opened
from textual.events import Key
from textual.widgets import Input, Static

from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.settings import BY_NAME
from gdtui.storage.table import read_table
from gdtui.ui.panels.choice import Choice


async def test_editing_lr_goes_on_and_a_new_start_begins_again():
    async with opened() as lab:
        await lab.press("space")
        await edit(lab, lr="0,05")
        assert "read as 0.05" in str(lab.app.screen.query_one("#hint-lr").render())
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert "1.400 − 0.05·5.600 = 1.120" in lab.numbers
        await edit(lab, w0="-1")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert lab.numbers.splitlines()[0].split()[:4] == ["epoch", "1/10", "W", "−1.000"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["ctrl+u", "5"], "5"),
        (["left", "ctrl+k", "6"], "0.6"),
        (["ctrl+a", "1", "ctrl+e", "2"], "10.12"),
        (["ctrl+w", "7", "backspace", "8"], "0.8"),
        (["ctrl+shift+a", "ctrl+x", "3"], "3"),
    ],
)
async def test_editing_keys_act_in_the_order_typed(keys, text):
    async with opened() as lab:
        await edit(lab)
        field = lab.app.focused
        assert isinstance(field, Input)
        field.value, field.cursor_position = "0.1", 3
        for key in keys:  # all at once, as a quick typist's terminal sends them
            lab.app.post_message(Key(key, key if len(key) == 1 else None))
        await lab.pilot.pause()
        assert field.value == text


@pytest.mark.parametrize(
    ("keys", "b0", "lr"),
    [
        (["7", "up", "8"], "8", "7"),
        (["7", "shift+tab", "8", "tab", "9"], "8", "9"),
        (["up", "8", "down", "7"], "8", "7"),
    ],
)
async def test_a_key_typed_right_after_an_arrow_goes_to_the_field_that_it_leads_to(keys, b0, lr):
    async with opened() as lab:
        await edit(lab)
        fields = lab.app.screen.fields["b0"], lab.app.screen.fields["lr"]
        for key in keys:
            lab.app.post_message(Key(key, key if len(key) == 1 else None))
        await lab.pilot.pause()
        assert tuple(field.value for field in fields) == (b0, lr)


async def test_x_in_other_units_is_edited_and_taken_back():
    async with opened() as lab:
        await edit(lab, **{"x-scale": "10"})
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert "lecture, 3 rows, x × 10" in lab.text("#header")
        assert "gradient −140.000" in lab.numbers
        assert "the limit 0.00142857" in lab.numbers
        await edit(lab, **{"x-scale": "0"})
        assert "greater than 0, not 0" in str(lab.app.screen.query_one("#hint-x-scale").render())
        await lab.press("backspace", "1", "enter")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.experiment == Experiment()


@pytest.mark.parametrize("model", ["linear", "logistic"])
async def test_every_choice_is_readable_whole(model):
    async with opened(Experiment(dataset=typed((1, 2, 3, 4), (0, 1, 0, 1)), model=model)) as lab:
        await lab.press("e")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        choices = list(lab.app.screen.query(Choice))
        for choice in choices:
            assert all(word in choice.render_line(0).text for word in choice.words), choice.words
        assert choices


async def test_every_hint_is_readable_whole():
    async with opened() as lab:
        await edit(lab)
        hints = list(lab.app.screen.query(".hint").results(Static))
        assert [hint.content for hint in hints if len(str(hint.content)) > hint.content_size.width] == []
        assert len(hints) > 20


async def test_a_gap_in_a_table_is_told_with_the_field_that_skips_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x,y\n1,2\n,3\n3,4\n")
    async with opened() as lab:
        await edit(lab, data="t.csv")
        await lab.press("enter")
        said = str(lab.app.screen.query_one("#edit-hint").render())
        assert "the cell is empty (drop-missing skips such rows)" in said
        assert "--" not in said


async def test_only_what_makes_sense_is_applied():
    async with opened() as lab:
        await edit(lab, lr="abc")
        assert "'abc' is not a number" in str(lab.app.screen.query_one("#hint-lr").render())
        await lab.press("enter")
        assert lab.app.screen is not lab.screen
        await lab.press("escape")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.settings.learning_rate == 0.1


async def test_escape_closes_an_explanation_before_the_form():
    async with opened() as lab:
        await edit(lab, lr="0.05")
        said = lab.app.screen.query_one("#edit-hint")
        await lab.press("f1")
        assert said.display
        await lab.press("escape")
        assert not said.display
        assert lab.app.screen.texts()["lr"] == "0.05"
        await lab.press("escape")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.settings.learning_rate == 0.1


async def test_the_label_of_the_field_with_the_focus_stands_out():
    async with opened() as lab:
        await edit(lab)
        for name in ("lr", "b0"):
            screen = lab.app.screen
            marked = {row for row, label in screen.labels.items() if label.rich_style.reverse}
            assert marked == {name}
            await lab.press("up")


async def test_what_is_wrong_is_said_with_the_label_of_its_field():
    async with opened() as lab:
        await edit(lab, **{"weight-decay": "-1"})
        said = str(lab.app.screen.query_one("#edit-hint").render())
        assert said.strip() == "weight decay: must be 0 or more, not -1"


@pytest.mark.parametrize("steps", [0, 2])
async def test_an_optimizer_brings_its_method_and_the_comparison_says_how_it_becomes_fair(steps):
    async with opened(size=(100, 30)) as lab:
        await lab.press(*["space"] * steps, "p")
        await edit(lab, optimizer="adam")
        assert not lab.app.screen.error
        await lab.press("enter")
        await back_in_the_lab(lab)
        settings = lab.screen.workspace.run.experiment.settings_at(steps + 1)
        assert (settings.method, settings.optimizer.name) == ("optim", "adam")
        await lab.press("space", "o")
        said = " ".join(lab.text("CompareView").split())
        assert "convention, gradient by and optimizer differ: not a fair test" in said
        assert "To test optimizer alone, give each run convention mse and gradient by optim." in said


async def test_the_comparison_calls_what_differs_as_its_field_in_the_form_is_called():
    async with opened(size=(100, 30)) as lab:
        await lab.press("p")
        await edit(lab, **{"weight-decay": "0.1"})
        lab.app.screen.query_one("#field-dtype", Choice).value = "float64"
        await lab.press("enter")
        await back_in_the_lab(lab)
        await lab.press("o")
        assert "weight decay and float type differ: not a fair test" in " ".join(lab.text("CompareView").split())


async def test_an_optimizer_beside_another_method_is_refused_with_the_name_of_its_row():
    async with opened(Experiment(method="optim")) as lab:
        await edit(lab, optimizer="adam")
        lab.app.screen.query_one("#field-method", Choice).value = "hand"
        await lab.pilot.pause()
        assert "set gradient by to optim" in str(lab.app.screen.query_one("#edit-hint").render())


async def test_new_data_begins_a_new_run_and_undo_brings_the_old_one_back():
    async with opened() as lab:
        await lab.press("space")
        await edit(lab, data="x=1,2 y=2,5")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert "typed, 2 rows" in lab.text("#header")
        assert lab.screen.workspace.run.cursor == 0
        await lab.press("u")
        assert "lecture, 3 rows" in lab.text("#header")
        assert lab.screen.workspace.run.cursor == 1


async def test_the_plan_may_grow_without_a_new_run():
    async with opened() as lab:
        await lab.press(*["space"] * 3)
        await edit(lab, epochs="20")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert lab.numbers.startswith(" epoch 4/20")


@pytest.mark.parametrize(
    ("typed_so_far", "said"),
    [("x=1,2", "give both, like x=1,2,3 y=2,4,6"), ("x=1/3,2 y=", "give both"), ("x=1.csv", ""), ("a=b.csv", "")],
)
async def test_half_of_the_rows_is_no_file_and_no_file_is_read_while_its_name_is_typed(monkeypatch, typed_so_far, said):
    read = []
    monkeypatch.setattr("gdtui.storage.table.read_table", lambda path, **_how: read.append(path))
    async with opened() as lab:
        await lab.press("e")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        lab.app.screen.query_one("#field-data", Input).value = typed_so_far
        await lab.pilot.pause()
        assert (said or BY_NAME["data"].hint) in str(lab.app.screen.query_one("#hint-data").render())
    assert not read


async def test_an_edit_that_changes_nothing_leaves_nothing_to_undo():
    async with opened() as lab:
        await lab.press("space")
        await edit(lab, lr="0.10", optimizer="sgd", epochs="10.0")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert lab.numbers.startswith(" epoch 2/10")
        await lab.press("u")
        assert "There is nothing to undo." in lab.text("#keys")


@pytest.mark.slow
async def test_several_columns_are_typed_and_come_back_as_a_command_line():
    async with opened() as lab:
        await edit(lab, data="x=1,2,3; x=0,1,0 y=2,4,7")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert "typed, 3 rows" in lab.text("#header")
        await lab.press("y")
        assert "gdtui --x 1,2,3 --x 0,1,0 --y 2,4,7" in lab.text("#keys")
        await edit(lab, epochs="20")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.experiment.dataset.features == ("x1", "x2")


async def test_choices_turn_with_the_arrows():
    async with opened() as lab:
        await lab.press("e")
        await lab.until(lambda: isinstance(lab.app.focused, Input))
        lab.app.screen.query_one("#field-method").focus()
        await lab.press("right", "enter")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.settings.method == "autograd"
        assert lab.screen.workspace.run.settings.convention == "mse", "the default follows the method"


async def test_where_hints_have_no_room_beside_the_fields_the_focused_one_has_its_own_above():
    async with opened(size=(60, 16)) as lab:
        await lab.press("e")
        hint = lab.app.screen.query_one("#edit-hint", Static)
        assert hint.display
        assert str(hint.render()) == " from this epoch on"
        await lab.press("up")
        assert "one number per column" not in str(hint.render())
        await lab.press("up")
        assert str(hint.render()) == " one number per column"
        await lab.type("x")
        assert "is not a number" in str(hint.render())


async def test_what_is_wrong_is_told_whole_where_it_has_no_room_beside_its_field():
    async with opened() as lab:
        await edit(lab, epochs="0")
        hint = lab.app.screen.query_one("#edit-hint", Static)
        await lab.until(lambda: hint.display)
        assert str(hint.render()) == " epochs: must be from 1 to 1,000,000,000, not 0"
        await lab.press("backspace", "5")
        await lab.until(lambda: not hint.display)


@pytest.mark.slow
async def test_what_was_assumed_of_a_table_is_noticed(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("id,x,y\n1,5,6\n2,7,8\n")
    async with opened(Experiment(dataset=read_table(str(table)).dataset)) as lab:
        assert "column 'id' only counts the rows" in lab.screen.status.notice
    table.write_text("a,b,c\n1,2,yes\n2,7,no\n")
    async with opened() as lab:
        await edit(lab, data=str(table), features="b")
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert "c: yes is read as 1 and no as 0; columns: b → c" in lab.screen.status.notice
        assert lab.screen.workspace.run.experiment.dataset.x[0].tolist() == [2, 7]


async def test_the_way_on_of_a_table_that_is_refused_is_shown_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table_with_words.csv").write_text("rd,marketing,city,profit\n1,2,Seoul,3\n4,5,Busan,6\n")
    async with opened() as lab:
        await edit(lab, data="table_with_words.csv", lr="0.05")
        await lab.press("enter")
        hint = lab.app.screen.query_one("#edit-hint", Static)
        await lab.until(lambda: lab.app.focused.id == "field-data" and hint.size.height == 2)
        assert "Leave out the columns of text: features rd,marketing" in str(hint.render())


async def test_what_is_typed_before_all_fields_are_there_is_taken_in_its_order():
    async with opened() as lab:
        lab.app.post_message(Key("e", "e"))
        while lab.app.screen is lab.screen:
            await asyncio.sleep(0)
        lab.app.post_message(Key("5", "5"))
        await lab.until(lambda: [field.value for field in lab.app.screen.query("#field-lr").results(Input)] == ["5"])
        await lab.press("enter")
        await back_in_the_lab(lab)
        assert lab.screen.workspace.run.settings.learning_rate == 5


async def test_on_the_smallest_screen_the_cursor_goes_along_and_every_key_is_named():
    async with opened(size=(60, 16)) as lab:
        for keys in (("e",), ("up",) * 6, ("down",) * 7):
            await lab.press(*keys)
            field = lab.app.focused
            assert isinstance(field, Input)
            await lab.until(lambda field=field: lab.app.cursor_position == field.cursor_screen_offset)
        named = lab.text("#edit-keys")
        assert all(words in named for words in ("apply", "field", "choose", "explain", "back"))
