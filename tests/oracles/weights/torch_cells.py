"""PyTorch's own LSTM, GRU and RNN with random weights: states and gradients, in double precision."""
import torch, json
from safetensors.torch import save_file
torch.manual_seed(7); torch.set_default_dtype(torch.float64)
D,H,T=3,4,5
out={}; tensors={}
for name,M in [('lstm',torch.nn.LSTM),('gru',torch.nn.GRU),('rnn',torch.nn.RNN)]:
    m=M(D,H)
    for p in m.parameters(): p.data*=2.5
    x=torch.randn(T,D,requires_grad=True); h0=torch.randn(H,requires_grad=True); c0=torch.randn(H,requires_grad=True)
    up=torch.randn(T,H)
    y,_=m(x,(h0[None],c0[None])) if name=='lstm' else m(x,h0[None])
    (y*up).sum().backward()
    for k,v in m.state_dict().items(): tensors[f'{name}.{k}']=v.clone()
    e={'x':x.tolist(),'h0':h0.tolist(),'upstream_h':up.tolist(),'h':y.tolist(),'grad_x':x.grad.tolist(),'grad_h0':h0.grad.tolist()}
    if name=='lstm': e.update(c0=c0.tolist(),grad_c0=c0.grad.tolist())
    out[name]=e
save_file(tensors,'torch_cells.safetensors'); json.dump(out,open('torch_cells.json','w'),indent=1)
