"""The course's drawings: ideas that need no data. Figures of data are in `plots`.

There is a module for each subject; chapters say `drawings.<name>()`. Each function returns a `Drawing`, which a
notebook shows when it is the last line of a cell: SVG written into the page itself. So it needs no file beside the
notebook, lines and letters take the colour of the text around them, on light paper and on dark, and a screen reader
reads its `alt`. (An SVG in an image or an attachment can do neither, and JupyterLab refuses it as an attachment.)

One visual language: values in circles, what is computed with them in boxes, blue for what flows forward, orange and
dashed for what flows back.
"""

from coursekit.drawings.budgets import residual_block, schedule_by_clock, two_prices, what_a_test_leaks
from coursekit.drawings.classification import (
    epochs_in_batches,
    image_into_network,
    reading_a_confusion_matrix,
    softmax_and_loss,
)
from coursekit.drawings.colour import colour_image, one_way_push, where_or_whether
from coursekit.drawings.convolution import (
    channels_in_and_out,
    padding_and_stride,
    pooling_window,
    sliding_kernel,
)
from coursekit.drawings.design import born_silent, looks_at_the_rim, shrinking_maps, where_parameters_sit
from coursekit.drawings.generalization import augmentation, early_stopping, leak, three_sets
from coursekit.drawings.learning import chain_rule, neuron_and_layer, step_downhill, two_layers_collapse
from coursekit.drawings.reading import activation_map, grad_cam_sum, kernel_as_picture, receptive_field_grows
from coursekit.drawings.regularizers import (
    batch_norm_axes,
    dropout_mask,
    overfitting_and_early_stopping,
    shifted_copies,
    weight_decay,
)
from coursekit.drawings.statistics import (
    labels_dealt_anew,
    mean_and_next_run,
    same_images_paired,
    two_kinds_of_luck,
)
from coursekit.drawings.svg import Drawing

__all__ = [
    "Drawing",
    "activation_map",
    "augmentation",
    "batch_norm_axes",
    "born_silent",
    "chain_rule",
    "channels_in_and_out",
    "colour_image",
    "dropout_mask",
    "early_stopping",
    "epochs_in_batches",
    "grad_cam_sum",
    "image_into_network",
    "kernel_as_picture",
    "labels_dealt_anew",
    "leak",
    "looks_at_the_rim",
    "mean_and_next_run",
    "neuron_and_layer",
    "one_way_push",
    "overfitting_and_early_stopping",
    "padding_and_stride",
    "pooling_window",
    "reading_a_confusion_matrix",
    "receptive_field_grows",
    "residual_block",
    "same_images_paired",
    "schedule_by_clock",
    "shifted_copies",
    "shrinking_maps",
    "sliding_kernel",
    "softmax_and_loss",
    "step_downhill",
    "three_sets",
    "two_kinds_of_luck",
    "two_layers_collapse",
    "two_prices",
    "weight_decay",
    "what_a_test_leaks",
    "where_or_whether",
    "where_parameters_sit",
]
