"""A question that comes before something is done on the same page: what is done shows whether the answer was right."""

from gdtui.teaching.lesson import Step
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Judgement, reply_lines
from gdtui.text import _

DEEDS = ("watch", "turn", "measure", "goal")
"""The tables that may have such a question."""


class ForecastPage(QuestionPage):
    """What is asked before. There is one try, and it is judged later."""

    name = "forecast"
    tries = 1

    said = ""
    """What the learner said."""
    later: tuple[str, ...] = ()
    """What to say to it once that is done."""

    @classmethod
    def keys_of(cls, step: Step) -> tuple[str, ...]:
        """Within the table of what is to be done."""
        return next(((name, "ask") for name in DEEDS if getattr(getattr(step, name, None), "ask", None)), ())

    def judged(self, text: str) -> Judgement:
        """Keep what was said."""
        judgement = super().judged(text)
        self.said = self.understood(text)
        return judgement

    def replied(self, judgement: Judgement) -> tuple[str, ...]:
        """What was said, unless a watched run repeats it; there is no second try, so that the answer comes later."""
        self.later = reply_lines(self.prediction, judgement, 2)
        return () if getattr(self.step, "watch", None) else (_("You said: {answer}", answer=self.said),)

    def after_it(self) -> None:
        """The run is not stepped, and nothing of it is told yet."""
