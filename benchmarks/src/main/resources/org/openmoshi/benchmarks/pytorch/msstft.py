# The multi-scale STFT discriminator; w is its state dict under its own names.

def weight_normed(self, x: Tensor, w: Dict[str, Tensor], at: str, stride: int, dilation: int) -> Tensor:
    weight = torch._weight_norm(w[at + ".conv.weight_v"], w[at + ".conv.weight_g"], 0)
    padding = [(weight.size(2) - 1) * dilation // 2, weight.size(3) // 2]
    return torch.conv2d(x, weight, w[at + ".conv.bias"], [1, stride], padding, [dilation, 1])

# wav: [B, 1, T] -> logits [B, 1, frames, bins / 8]
def logits(self, wav: Tensor, w: Dict[str, Tensor], at: str) -> Tensor:
    window = w[at + ".spec_transform.window"]
    size = window.size(0)
    spectrum = torch.stft(torch.squeeze(wav, 1), size, size // 4, size, window, False, True, True)
    spectrum = spectrum / torch.sqrt(torch.sum(window * window))
    x = torch.stack([torch.real(spectrum), torch.imag(spectrum)], 1)
    x = torch.transpose(x, 2, 3)
    x = torch.conv2d(x, w[at + ".convs.0.conv.weight"], w[at + ".convs.0.conv.bias"], [1, 1], [1, 4])
    x = torch.leaky_relu(x, 0.3)
    dilation = 1
    for i in range(3):
        x = self.weight_normed(x, w, at + ".convs." + str(i + 1), 2, dilation)
        x = torch.leaky_relu(x, 0.3)
        dilation = dilation * 2
    x = torch.leaky_relu(self.weight_normed(x, w, at + ".convs.4", 1, 1), 0.3)
    return self.weight_normed(x, w, at + ".conv_post", 1, 1)

# The hinge loss of the discriminator and its gradients. real, fake: [B, 1, T]
# -> loss, then the gradient of every entry of w that requires one, in the order of the names
def gradients(self, real: Tensor, fake: Tensor, w: Dict[str, Tensor]) -> List[Tensor]:
    loss = torch.zeros([])
    scales = 0
    while ("discriminators." + str(scales) + ".spec_transform.window") in w:
        at = "discriminators." + str(scales)
        loss = loss + torch.mean(torch.relu(1. - self.logits(real, w, at)))
        loss = loss + torch.mean(torch.relu(1. + self.logits(fake, w, at)))
        scales = scales + 1
    loss = loss / scales
    trained = annotate(List[Tensor], [])
    for name in sorted(w.keys()):
        if w[name].requires_grad:
            trained.append(w[name])
    found = annotate(List[Tensor], [loss.detach()])
    for gradient in torch.grad([loss], trained):
        found.append(unchecked_cast(Tensor, gradient))
    return found
