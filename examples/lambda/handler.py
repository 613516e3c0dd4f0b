"""A Lambda function: answers an event that has a name."""

from pydantic import BaseModel


class Event(BaseModel):
    name: str


def handler(event, context):
    return {"hello": Event.model_validate(event).name}
