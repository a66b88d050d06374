"""A question that comes before something is done on the same page: what is done shows whether the answer was right."""

from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Judgement, reply_lines
from gdtui.text import _


class ForecastPage(QuestionPage):
    """What is asked before. There is one try, and it is judged later."""

    name = "forecast"
    within = ("watch", "turn", "measure", "goal")
    tries = 1

    said = ""
    """What the learner said."""
    later: tuple[str, ...] = ()
    """What to say to it once that is done."""

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
