# Mimi as eager PyTorch runs it, one operation after another (TorchScript; every entry is a method of one module).
# w is the state dict under its own names; a codebook's centroids stand beside its sums as "_codebook.embedding".

# Causal convolution. x: [B, C, T]
def conv(self, x: Tensor, w: Dict[str, Tensor], at: str, stride: int) -> Tensor:
    weight = w[at + ".conv.conv.weight"]
    left = weight.size(2) - stride
    if left > 0:
        x = torch.constant_pad_nd(x, [left, 0], 0.)
    return torch.conv1d(x, weight, w[at + ".conv.conv.bias"], [stride])

def resnet_block(self, x: Tensor, w: Dict[str, Tensor], at: str) -> Tensor:
    h = self.conv(torch.elu(x), w, at + ".block.1", 1)
    return x + self.conv(torch.elu(h), w, at + ".block.3", 1)

# wav: [B, 1, T] -> [B, 512, T / 960]
def seanet_encoder(self, wav: Tensor, w: Dict[str, Tensor]) -> Tensor:
    x = self.conv(wav, w, "encoder.model.0", 1)
    layer = 1
    for ratio in [4, 5, 6, 8]:
        x = self.resnet_block(x, w, "encoder.model." + str(layer))
        x = self.conv(torch.elu(x), w, "encoder.model." + str(layer + 2), ratio)
        layer = layer + 3
    return self.conv(torch.elu(x), w, "encoder.model." + str(layer + 1), 1)

# x: [B, 512, T] -> [B, 1, 960 T]
def seanet_decoder(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    x = self.conv(x, w, "decoder.model.0", 1)
    layer = 2
    for ratio in [8, 6, 5, 4]:
        at = "decoder.model." + str(layer) + ".convtr.convtr"
        steps = x.size(2) * ratio
        x = torch.conv_transpose1d(torch.elu(x), w[at + ".weight"], w[at + ".bias"], [ratio])
        x = self.resnet_block(torch.slice(x, 2, 0, steps), w, "decoder.model." + str(layer + 1))
        layer = layer + 3
    return self.conv(torch.elu(x), w, "decoder.model." + str(layer), 1)

# Rotates interleaved pairs. x: [B, H, T, D], cos and sin: [T, D / 2]
def rope(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    pairs = torch.unflatten(x, -1, [-1, 2])
    re = torch.select(pairs, -1, 0)
    im = torch.select(pairs, -1, 1)
    return torch.flatten(torch.stack([re * cos - im * sin, re * sin + im * cos], -1), -2)

# x: [B, C, T] -> [B, C, T]
def transformer(self, x: Tensor, w: Dict[str, Tensor], at: str, layers: int, heads: int, context: int) -> Tensor:
    x = torch.transpose(x, 1, 2)
    batch, steps, channels = x.size()
    half = channels // heads // 2
    frequency = torch.exp(torch.arange(half) * (-9.210340371976184 / float(half)))
    angle = torch.outer(torch.arange(steps), frequency)
    cos = torch.cos(angle)
    sin = torch.sin(angle)
    mask: Optional[Tensor] = None
    if steps > context:
        delta = torch.unsqueeze(torch.arange(steps), 1) - torch.arange(steps)
        mask = torch.logical_and(torch.ge(delta, 0), torch.lt(delta, context))
    for i in range(layers):
        layer = at + ".transformer.layers." + str(i)
        h = torch.layer_norm(x, [channels], w[layer + ".norm1.weight"], w[layer + ".norm1.bias"], 1e-5)
        qkv = torch.linear(h, w[layer + ".self_attn.in_projs.0.weight"])
        qkv = torch.permute(qkv.view([batch, steps, 3, heads, -1]), [2, 0, 3, 1, 4])
        q = self.rope(torch.select(qkv, 0, 0), cos, sin)
        k = self.rope(torch.select(qkv, 0, 1), cos, sin)
        h = torch.scaled_dot_product_attention(q, k, torch.select(qkv, 0, 2), mask, 0., steps <= context)
        h = torch.reshape(torch.transpose(h, 1, 2), [batch, steps, channels])
        h = torch.linear(h, w[layer + ".self_attn.out_projs.0.weight"])
        x = x + w[layer + ".layer_scale_1.scale"] * h
        h = torch.layer_norm(x, [channels], w[layer + ".norm2.weight"], w[layer + ".norm2.bias"], 1e-5)
        h = torch.gelu(torch.linear(h, w[layer + ".linear1.weight"]))
        x = x + w[layer + ".layer_scale_2.scale"] * torch.linear(h, w[layer + ".linear2.weight"])
    return torch.transpose(x, 1, 2)

# wav: [B, 1, 1920 F] -> [B, 512, F]
def encode_latent(self, wav: Tensor, w: Dict[str, Tensor], layers: int, heads: int, context: int) -> Tensor:
    x = self.seanet_encoder(wav, w)
    x = self.transformer(x, w, "encoder_transformer", layers, heads, context)
    return torch.conv1d(torch.replication_pad1d(x, [2, 0]), w["downsample.conv.conv.conv.weight"], None, [2])

# latent: [B, 512, F] -> [B, 1, 1920 F]
def decode_latent(self, latent: Tensor, w: Dict[str, Tensor], layers: int, heads: int, context: int) -> Tensor:
    weight = w["upsample.convtr.convtr.convtr.weight"]
    x = torch.conv_transpose1d(latent, weight, None, [2], [0], [0], weight.size(0))
    x = torch.slice(x, 2, 0, latent.size(2) * 2)
    x = self.transformer(x, w, "decoder_transformer", layers, heads, context)
    return self.seanet_decoder(x, w)

# latent: [B, C, F] -> codes, each [B, F]; quantized [B, C, F]; commitment loss, summed over the levels
def residual_quantize(self, latent: Tensor, w: Dict[str, Tensor], at: str, levels: int) -> Tuple[List[Tensor], Tensor, Tensor]:
    x = torch.transpose(torch.conv1d(latent, w[at + ".input_proj.weight"]), 1, 2)
    residual = x
    quantized = torch.zeros_like(x)
    commitment = torch.zeros([])
    codes = annotate(List[Tensor], [])
    for level in range(levels):
        book = w[at + ".vq.layers." + str(level) + "._codebook.embedding"]
        index = torch.argmin(torch.cdist(residual, torch.unsqueeze(book, 0)), -1)
        chosen = torch.embedding(book, index)
        commitment = commitment + torch.mse_loss(residual, chosen)
        quantized = quantized + chosen
        residual = residual - chosen
        codes.append(index)
    # The straight-through estimator: the gradient passes the quantizer unchanged.
    quantized = torch.transpose(x + torch.detach(quantized - x), 1, 2)
    return (codes, torch.conv1d(quantized, w[at + ".output_proj.weight"]), commitment)

# codes: [B, K, F] -> [B, C, F], of the levels [first, first + levels)
def dequantize(self, codes: Tensor, w: Dict[str, Tensor], at: str, first: int, levels: int) -> Tensor:
    x = torch.zeros([])
    for level in range(levels):
        book = w[at + ".vq.layers." + str(level) + "._codebook.embedding"]
        x = x + torch.embedding(book, torch.select(codes, 1, first + level))
    return torch.conv1d(torch.transpose(x, 1, 2), w[at + ".output_proj.weight"])

# The sizes of the transformers: (layers, heads, context).
def sizes(self, w: Dict[str, Tensor]) -> Tuple[int, int, int]:
    layers = 0
    while ("encoder_transformer.transformer.layers." + str(layers) + ".norm1.weight") in w:
        layers = layers + 1
    shape = w["transformer.sizes"]
    return (layers, int(shape[0]), int(shape[1]))

# How many codebooks a quantizer has.
def levels(self, w: Dict[str, Tensor], at: str) -> int:
    count = 0
    while (at + ".vq.layers." + str(count) + "._codebook.embedding") in w:
        count = count + 1
    return count

# wav: [B, 1, 1920 F] -> codes [B, 8, F]
def encode(self, wav: Tensor, w: Dict[str, Tensor]) -> Tensor:
    layers, heads, context = self.sizes(w)
    latent = self.encode_latent(wav, w, layers, heads, context)
    semantic, _1, _2 = self.residual_quantize(latent, w, "quantizer.rvq_first", 1)
    acoustic, _3, _4 = self.residual_quantize(latent, w, "quantizer.rvq_rest", 7)
    return torch.stack(semantic + acoustic, 1)

# codes: [B, 8, F] -> wav [B, 1, 1920 F]
def decode(self, codes: Tensor, w: Dict[str, Tensor]) -> Tensor:
    layers, heads, context = self.sizes(w)
    latent = self.dequantize(codes, w, "quantizer.rvq_first", 0, 1)
    latent = latent + self.dequantize(codes, w, "quantizer.rvq_rest", 1, 7)
    return self.decode_latent(latent, w, layers, heads, context)

# One reconstruction step with all codebooks, without the optimizer: mean squared error + 0.25 * mean commitment.
# -> loss, output, then the gradient of every entry of w that requires one, in the order of the names
def gradients(self, wav: Tensor, w: Dict[str, Tensor]) -> List[Tensor]:
    layers, heads, context = self.sizes(w)
    latent = self.encode_latent(wav, w, layers, heads, context)
    _1, semantic, semantic_commitment = self.residual_quantize(latent, w, "quantizer.rvq_first", 1)
    levels = self.levels(w, "quantizer.rvq_rest")
    _2, acoustic, acoustic_commitment = self.residual_quantize(latent, w, "quantizer.rvq_rest", levels)
    out = self.decode_latent(semantic + acoustic, w, layers, heads, context)
    loss = torch.mse_loss(out, wav) + (semantic_commitment + acoustic_commitment) * (0.25 / float(1 + levels))
    trained = annotate(List[Tensor], [])
    for name in sorted(w.keys()):
        if w[name].requires_grad:
            trained.append(w[name])
    found = annotate(List[Tensor], [loss.detach(), out.detach()])
    for gradient in torch.grad([loss], trained):
        found.append(unchecked_cast(Tensor, gradient))
    return found
