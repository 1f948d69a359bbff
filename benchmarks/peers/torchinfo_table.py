"""torchinfo's table of VGG-16, as its README makes it."""

from torchinfo import summary
from vgg16_torch import vgg16

print(summary(vgg16(), input_size=(1, 3, 224, 224)))
