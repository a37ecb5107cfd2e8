// One colour over what is there already.

uniform vec4 veil;
out vec4 colour;

void main() {
    colour = veil;
}
