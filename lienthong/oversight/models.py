"""Tables of oversight, by subject."""

from lienthong.oversight.difficultytables import (
    Article,
    ArticleVersion,
    Difficulty,
    DifficultyStep,
    Opinion,
)

__all__ = ["Article", "ArticleVersion", "Difficulty", "DifficultyStep", "Opinion"]
