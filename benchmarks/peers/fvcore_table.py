"""fvcore's table of VGG-16, as its documentation makes it."""

from fvcore.nn import FlopCountAnalysis, flop_count_table
from vgg16_torch import image, vgg16

print(flop_count_table(FlopCountAnalysis(vgg16().eval(), image())))
